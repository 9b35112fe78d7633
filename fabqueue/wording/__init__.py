"""Words are data until they are read: codes with typed values in, sentences of the reader's language out.

Findings, reasons, waiting reasons, machine errors and events are stored as a code and a dict of values.
Each topic module of this package holds the sentences of its codes; `Reader` renders them for one person.
"""

from fabqueue.wording.catalogue import N_, Sentence, all_sentences, sentence
from fabqueue.wording.reader import LANGUAGES, Reader, best_language, reader

__all__ = ["LANGUAGES", "N_", "Reader", "Sentence", "all_sentences", "best_language", "reader", "sentence"]

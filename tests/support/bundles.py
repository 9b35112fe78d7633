"""Configurations as PrusaSlicer exports them."""


def long_bundle(count: int) -> str:
    """A bundle with so many printers, and two filaments."""
    printer = "bed_shape = 0x0,200x0,200x180,0x180\nnozzle_diameter = 0.4\nretract_length = 1\n"
    return (
        "".join(
            f"[printer:{'Prusa MK4' if number % 10 else 'Voron'} no. {number}]\n{printer}" for number in range(count)
        )
        + "[print:Fine]\nlayer_height = 0.2\ntravel_speed = 90\n"
        + "[filament:Soft]\nfilament_type = TPU\ntemperature = 220\n"
        + "[filament:Hard]\nfilament_type = PLA\ntemperature = 210\n"
    )

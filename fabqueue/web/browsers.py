"""What a browser calls itself, as people know it: "Firefox, Android". Such names are the same in every language."""

_BROWSERS = {
    "Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "MicroMessenger": "WeChat",
    "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome", "Chromium": "Chromium", "Chrome": "Chrome",
    "Safari": "Safari",
}  # fmt: skip
"""The first that is named counts: most call themselves Chrome and Safari as well."""
_SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "CrOS": "ChromeOS", "Windows": "Windows",
    "Mac OS X": "macOS", "Linux": "Linux",
}  # fmt: skip


def known_as(agent: str) -> str:
    """Browser and system; empty where neither is known."""
    found = (next((name for word, name in each.items() if word in agent), "") for each in (_BROWSERS, _SYSTEMS))
    return ", ".join(each for each in found if each)

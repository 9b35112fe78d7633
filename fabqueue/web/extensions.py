"""Flask's companions, made once and attached to each application."""

from ipaddress import IPv6Address, ip_address

from flask import Flask, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx

from fabqueue.dispatch.context import Context
from fabqueue.web.messages import SpacedBabel
from fabqueue.web.site import current_person
from fabqueue.web.text import chosen_language, site_zone

csrf = CSRFProtect()
htmx = Htmx()
babel = SpacedBabel()


def account_or_address() -> str:
    """Whom a limit counts for: an account, or an address where nobody is signed in."""
    person = current_person()
    return f"person:{person.id}" if person else f"address:{request.remote_addr}"


def network() -> str:
    """Where a request comes from: an address, of IPv6 the network that one household or attacker holds (/64)."""
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return "nowhere"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return str(address)


limiter = Limiter(account_or_address, in_memory_fallback_enabled=True, swallow_errors=True, headers_enabled=True)


def init_app(app: Flask) -> None:
    context: Context = app.extensions["fabqueue"]
    htmx.init_app(app)
    csrf.init_app(app)
    babel.init_app(app, locale_selector=chosen_language, timezone_selector=site_zone)
    app.config["RATELIMIT_STORAGE_URI"] = _storage_address(context.settings.redis_url)
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
    limiter.init_app(app)


def _storage_address(redis_url: str) -> str:
    """The same server in the words of the limits library."""
    return redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url

"""The pages: blueprints that parse, authorise, call a service and answer."""

from flask import Flask

from fabqueue import calls
from fabqueue.web import errors, extensions, security, site, text


def init_app(app: Flask) -> None:
    """Attach everything the pages need, then the pages themselves."""
    extensions.init_app(app)
    security.init_app(app)
    calls.init_app(app)
    text.init_app(app)
    site.init_app(app)
    errors.init_app(app)
    from fabqueue.web import blueprints, guides, setup  # the views import what is initialised above

    app.before_request(setup.send_to_setup)

    guides.init_app(app)
    for blueprint in blueprints.ALL:
        app.register_blueprint(blueprint)

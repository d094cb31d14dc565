"""The API's own description. Imports webui.openapi."""

from flask import Blueprint, Response, current_app, jsonify

from webui import openapi

blueprint = Blueprint("api_documentation", __name__, url_prefix="/api/v1")


@blueprint.get("/openapi.json")
def get_openapi() -> Response:
    """OpenAPI 3.1, made from the routes and the request models."""
    return jsonify(openapi.describe(current_app))

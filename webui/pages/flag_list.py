"""What the flags mean, one section a code, for the links of a document's page. Imports the explanations."""

from flask import Blueprint, render_template

from webui.pages.parts.explanations import EXPLANATIONS

blueprint = Blueprint("flag_list", __name__)


@blueprint.get("/flags")
def show() -> str:
    """Every code with its meaning, cause and remedy; a code is its section's anchor."""
    return render_template("flag_list.html", explanations=EXPLANATIONS)

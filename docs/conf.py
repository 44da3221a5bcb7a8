"""Settings of the documentation; `make docs` builds it."""
import os
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

project = "dyadsim"
author = "the dyadsim developers"
copyright = "the dyadsim developers, MIT licence"
release = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]

extensions = [
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx-mathjax-offline",
    "sphinx.ext.mathjax",
    "dyadsim_reference",
    "source_role",
    "table_csv",
    "typography",
    "command_check",
]
# The program that prints schemas, models and help for the generated reference.
dyadsim_program = os.environ.get("DYADSIM_PROGRAM", str(ROOT / "target" / "release" / "dyad"))

exclude_patterns = ["_build", "_ext", "**/.ipynb_checkpoints"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence", "attrs_inline", "attrs_block"]
myst_heading_anchors = 4
myst_dmath_double_inline = True
# Pages that are notebooks run the program that was just built; a cell that fails is an error.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
os.environ["PATH"] = os.pathsep.join([os.path.dirname(os.path.abspath(dyadsim_program)), os.environ["PATH"]])

nitpicky = True
# The pages of settings have headings; each of hundreds of keys would be too many.
toc_object_entries = False
highlight_language = "text"

html_theme = "pydata_sphinx_theme"
html_title = "dyadsim"
html_static_path = ["_static"]
html_css_files = ["dyadsim.css"]
html_show_sourcelink = True
html_copy_source = True
html_theme_options = {
    "logo": {"text": "dyadsim"},
    "show_nav_level": 1,
    "navigation_depth": 3,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
copybutton_exclude = ".linenos, .gp, .go"

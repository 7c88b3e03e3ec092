"""nianbao: spreadsheet round trip of the yearly report on government information disclosure."""

from nianbao.figures import Key, Place
from nianbao.form import Form, FormError, load_form

__all__ = ["Form", "FormError", "Key", "Place", "load_form"]

"""One file per page; the navigation in streamlit_app.py lists them."""

"""The dashboard: pages that show one prediction; started by `streamlit run app`."""

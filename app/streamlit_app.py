"""What `streamlit run app` and `gamnet app` run, with the settings in .streamlit beside it."""

from gamnet_app import navigation

navigation.show()

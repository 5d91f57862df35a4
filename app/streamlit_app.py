"""What `streamlit run app` and `gamnet app` serve, with the settings in .streamlit beside it."""

from streamlit.starlette import App

from gamnet_app import server

app = App("main.py", middleware=server.MIDDLEWARE, lifespan=server.lifespan)

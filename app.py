"""The app: `streamlit run app.py`. Everything visible stands in `pages/`."""

from tltools.ui import shell

shell.run()

"""The app: `streamlit run app.py`. Everything visible stands in `pages/`."""

from tltools.ui.common import shell

# a process spawned from the one that serves pages imports this file again
if __name__ == "__main__":
    shell.run()

"""The app: `streamlit run app.py`. Everything visible stands in `pages/`."""

from tltools.ui.common import shell

if __name__ == "__main__":  # a process spawned from the one that serves pages imports this file again
    shell.run()

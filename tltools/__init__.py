"""Transfer learning for image classification: the library behind the pages and the command line.

Imports go downward only (`tests/test_layers.py` holds it); from the bottom:

0. `errors`, `settings`, `files`, `archives`
1. `config`, `events`, `images`
2. `datasets`, `runs`
3. `backbones`, `published`, `weights`, `downloads`, `charts`, `demonstration`, `presets`
4. `models`, `features`, `steps`, `training`, `callbacks`, `checkpoints`, `inference`, `bundled_backbone`: the modules
   that import TensorFlow (with some programs of the next layer)
5. `engine` and the programs (`__main__`, `benchmark`, `pretraining`)
6. `ui`: the only part that imports Streamlit
7. `app.py` and `pages/`
"""

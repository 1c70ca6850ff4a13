"""Which networks there are: stages, cut points, sizes, sources and licences. No
TensorFlow.

`registry` is the face: rows by name and the arithmetic of the freeze boundary. `facts`
holds what cannot be counted, `registry.json` what was counted (by `models.count`),
`search` finds and sorts, `speeds` remembers what was measured. Leaves weights files to
`weights` and building to `models`.
"""

from tltools.backbones.facts import FAMILIES
from tltools.backbones.registry import (
    FINE_TUNED,
    FROZEN,
    REGISTRY,
    SCRATCH,
    TABLE_PATH,
    Backbone,
    ParameterCounts,
    Stage,
    check_config,
    get,
    head_inputs,
    num_frozen,
    parameter_counts,
    stage_states,
)

__all__ = [
    "FAMILIES",
    "FINE_TUNED",
    "FROZEN",
    "REGISTRY",
    "SCRATCH",
    "TABLE_PATH",
    "Backbone",
    "ParameterCounts",
    "Stage",
    "check_config",
    "get",
    "head_inputs",
    "num_frozen",
    "parameter_counts",
    "stage_states",
]

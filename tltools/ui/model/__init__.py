"""The Model page: recipes, backbone, weights, freeze boundary, head."""

"""Other tools as contestants: their own objects, asked and told as their own loops do.

Each decides by itself which trial it would return. One file a tool; what it needs is the extra `bench`.
"""

"""DFT anchors: which molecules to label, their geometry, their labels, in resumable chunks."""

"""The shipped models; installed, this folder is the package gamnet_pretrained."""

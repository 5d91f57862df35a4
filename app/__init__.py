"""The dashboard's start; installed, this folder is the package gamnet_dashboard."""

"""What is run for every visitor."""

from gamnet_app import navigation

navigation.show()

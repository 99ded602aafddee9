"""The controller: a Lambda function that takes encrypted batch evaluations through their life."""

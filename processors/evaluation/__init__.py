"""Pure measures of how right an answer is: nothing here knows an engine or a file."""

"""Reference pictures: a module for each image method turns the original into the image component, and the component into a picture."""

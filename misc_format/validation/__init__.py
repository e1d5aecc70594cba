"""The validator, which finds every broken rule of a file, and its reports as JSON, SARIF and JUnit XML."""

"""What a checkout promises, as one JSON document. `checkout` runs this package in each checkout that is compared.

It is a program, `__main__`, and imports only the checkout that it describes, because it also describes releases that do not have it.
`parts` lists the parts of a description, and `confinement` lets Python import the packages from the checkout alone.
"""

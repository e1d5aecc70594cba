"""The command `misc`, where the folder of the command is not in the path: python -m misc_format"""

from misc_format.cli.app import app

if __name__ == "__main__":
    app(prog_name="misc")

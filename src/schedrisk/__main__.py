"""``python -m schedrisk``: the command line."""

from schedrisk.cli import main

if __name__ == "__main__":
    main()

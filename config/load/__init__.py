"""A desk of any size, invented and loaded fast: `manage.py load_desk --tickets N`.

Rows come in by COPY in one transaction: all of it is there, or nothing. Every rule that is a trigger stays on. Plain
indexes and foreign keys are put aside for the copy and made again at its end, as a restore does: making them reads
every row, so the database itself proves each reference.
"""

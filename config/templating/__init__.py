"""Django's templates at a third of the price: the same language, the same output, less asked for each time.

Half of a page was the engine itself: for every variable it walks the context, tries a key, catches what that raised, tries an
attribute; for every piece it asks whether it is to be escaped, translated, localised. Here each expression is taken apart once
(expressions.py), and what stands still in a language is put together once (pieces.py). Whatever is out of the usual goes
Django's own way, node by node. tests/platform/test_templating.py renders each construct both ways.
"""

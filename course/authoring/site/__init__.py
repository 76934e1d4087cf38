"""The website: what Sphinx reads is written from the solved notebooks, and Sphinx builds it.

lessons      what a solved notebook says about its lesson
pages        lessons, landing page, guides and reference: everything that Sphinx reads
notebook     a solved notebook as a page: blanks seen, solutions folded away, figures as files
reference    which names the reference shows, in the order of the lessons
figures      the landing page's picture and the card for social media
address      where the course is published, and the links made from it
mathematics, terminal, head   what Sphinx is taught beside that (see site/conf.py)
search       the sections that the search page looks through
theme        what pages do without of their theme
build, serve   run Sphinx; show the result on this machine
"""

"""Money 资金: every yuan from the document to the household or the work it became.

    projects  what is built and for whom: proposed, argued, published, done, accepted        项目库
    books     accounts and postings in exact decimals; payments; the proof that they hold    账簿、支付

Flows in: fund documents, projects that villages propose, files of payments from the bank or the treasury.
Flows out: balances and ages of money as of any day, payments with their payees, what flags and notices are made of.
Never: a posting changed or deleted, an account below nought on any day, money for a project that is not in the library.
"""

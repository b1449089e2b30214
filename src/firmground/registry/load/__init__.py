"""From a file as a county sends it to rows of the registers.

reading   the file -> sheets of cells, as text            (workbooks, delimited, Parquet; limits)
headings  a sheet's top -> which table, which columns     (title rows, merged headings, synonyms, units)
cells     one cell -> a value, or why it is none          (dates, amounts, codes)
cleaning  a sheet -> typed rows, and refused rows         (a column at a time)
preparing a file's sheets -> the rows for each register  (refused as a whole, if it must be)
taking    typed rows -> the register                      (one transaction: new, superseding, unchanged)
tabular   a file with known headings that fills no register -> its rows
rejects   refused rows -> a file beside the original
"""

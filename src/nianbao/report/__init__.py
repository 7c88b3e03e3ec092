"""The county's published report: written from the workbook, proofread, read back."""

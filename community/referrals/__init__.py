"""Friends bring friends (老带新): codes, visits and mail addresses, which referrals are real, and what they are worth.

What is here knows arrays, texts and numbers, and no database: `codes`, `visitors` and `mails` read what comes from
outside, `fraud` judges who was referred by whom, and `insight` tells marketers what came of it.
"""

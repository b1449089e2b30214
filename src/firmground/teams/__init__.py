"""Teams 驻村: who is sent to which village and is there, who helps which household, and who called on it.

Flows in: teams and their cadres, marks of attendance, helpers of households, visits.
Flows out: villages without a team, cadres away from post, households without a helper or not called on.
Never: a day at post on the word of the cadre alone; the village or the township marks it, the township confirms.
"""

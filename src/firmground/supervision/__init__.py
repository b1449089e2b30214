"""Supervision 挂牌督战: who is listed, what remains there, who fights and who only watches, will they make it.

    plans    battle plans of listed places, and lists drawn by rule        作战方案
    ledger   issues and orders, from finding to verified                   问题台账、督办
    visits   supervision teams, where they went, what help came with it    督战队、督战
    exits    villages and counties leaving poverty, checked by formula     退出
    board    figures by place and week, forecast, the board, briefs        督战看板、周报

Flows in: screenings, cases, registers of places; what supervisors see and order.
Flows out: issues with an owner and a day; plans; exits; briefs that say where each number comes from.
Never: an issue closed by who caused it, a figure without its day, a listing without its act.
"""

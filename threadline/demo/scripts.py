"""What is said in the recorded calls, who says it, and which voice speaks it.

`recipe/make_calls.py` turns these into audio; `calls.py` gives them to customers of the company.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["agent", "customer"]
Voice = Literal["joe", "joe-high", "heart", "heart-low", "rms"]


@dataclass(frozen=True)
class Line:
    """One turn. `gap_s` seconds lie between the end of the last turn and its start.

    A negative gap makes both talk at once; a gap above 2 s is a hold.
    """

    side: Side
    text: str
    gap_s: float = 0.35


@dataclass(frozen=True)
class Script:
    """One call: the customer's name, both voices, what it is about and when it happens.

    `day` counts back from the company's last day; `customer` is a member of the cast.
    """

    name: str
    customer: str
    agent: str
    queue: str
    reason: str
    mood: Literal["negative", "neutral", "positive"]
    day: int
    clock: str
    voices: tuple[Voice, Voice]
    lines: tuple[Line, ...]


def _agent(text: str, gap_s: float = 0.35) -> Line:
    return Line("agent", text, gap_s)


def _customer(text: str, gap_s: float = 0.35) -> Line:
    return Line("customer", text, gap_s)


OUTAGE_DAY = 3
STAR = "Maya Lindqvist"
QUERY = '"client meeting"'

SCRIPTS = (
    Script(
        "call-01",
        STAR,
        "Tom Barrow",
        "technical",
        "outage",
        "negative",
        OUTAGE_DAY,
        "11:42",
        ("joe", "heart"),
        (
            _agent("Northwind Broadband, this is Tom. How can I help?", 0.3),
            _customer(
                "My internet has been down since half past nine. I work from home, and I missed a "
                "client meeting because of you."
            ),
            _agent("I am very sorry. There is an outage in your area."),
            _customer("This is the second time this month. It is completely unacceptable.", -0.5),
            _agent("I understand. Engineers are on site. I will add a credit to your bill."),
            _customer("A credit does not give me my client back. I am really disappointed."),
        ),
    ),
    Script(
        "call-02",
        "Martha Penrose",
        "Daniel Osei",
        "billing",
        "billing",
        "neutral",
        19,
        "14:05",
        ("joe", "heart"),
        (
            _agent("Northwind billing, this is Daniel."),
            _customer("Hello, I want to pay the bill for this month by card please."),
            _agent("Of course. Please read me the long number on the card."),
            _customer(
                "It is five two zero zero, eight two eight two, eight two eight two, "
                "eight two one zero."
            ),
            _agent("Thank you. The payment of forty two dollars has gone through.", 2.6),
            _customer("Great, thanks for your help."),
        ),
    ),
    Script(
        "call-03",
        "Hannah Okafor",
        "Tom Barrow",
        "technical",
        "router",
        "neutral",
        16,
        "09:31",
        ("joe", "heart"),
        (
            _agent("Northwind technical support, this is Tom."),
            _customer("Hi. The new router arrived, but the light on the front stays red."),
            _agent("No problem. What is the best number to call you back on?"),
            _customer("My number is three zero three, five five five, zero one seven three."),
            _agent("Thank you. Please hold while I restart the line from here."),
            _agent("The line has been reset. Is the light green now?", 3.2),
            _customer("Yes, it just turned green. That was easy, thank you."),
        ),
    ),
    Script(
        "call-04",
        "Samuel Brightwater",
        "Grace Adeyemi",
        "general",
        "praise",
        "positive",
        12,
        "16:20",
        ("heart", "rms"),
        (
            _agent("Northwind Broadband, Grace speaking. How can I help today?"),
            _customer(
                "I just want to say thank you. The engineer you sent on Monday was brilliant."
            ),
            _agent("Oh, that is lovely to hear. Did he solve the problem?"),
            _customer(
                "Yes, he found the fault in ten minutes, and the internet is faster than ever. "
                "I am very happy with the service."
            ),
            _agent("I will pass that on to his manager. Have a wonderful day."),
        ),
    ),
    Script(
        "call-05",
        "Oliver Marchetti",
        "Priya Raman",
        "retention",
        "cancel",
        "negative",
        1,
        "10:15",
        ("heart-low", "joe-high"),
        (
            _agent("Northwind, Priya speaking."),
            _customer(
                "I want to cancel my contract. After the outage this week I have had enough, and "
                "another provider is ten dollars cheaper."
            ),
            _agent("I am sorry to hear that. I could offer you three months at half price."),
            _customer("No, it is too late for that. The service has been terrible all year.", -0.4),
            _agent("I understand. I will send the cancellation form today."),
            _customer("Fine. Please make sure I am not charged again."),
        ),
    ),
    Script(
        "call-06",
        "Ruth Calloway",
        "Daniel Osei",
        "sales",
        "move",
        "neutral",
        22,
        "11:10",
        ("joe", "heart"),
        (
            _agent("Northwind Broadband, Daniel speaking."),
            _customer(
                "Hello. I am moving house on the first of next month. "
                "Can I take my broadband with me?"
            ),
            _agent("Yes, you can. What is the new address?"),
            _customer("It is twelve Willow Lane, in Eastbank."),
            _agent("Good news, we have fiber in that street. The move is free of charge.", 2.4),
            _customer("Perfect. Please book it for the morning."),
        ),
    ),
    Script(
        "call-07",
        "Felix Andersson",
        "Daniel Osei",
        "sales",
        "upgrade",
        "positive",
        9,
        "13:48",
        ("joe", "joe-high"),
        (
            _agent("Northwind sales, this is Daniel."),
            _customer("Hi, I saw your offer for the faster fiber plan. Is it available for me?"),
            _agent("Yes, it is. For five dollars more you get five hundred megabits."),
            _customer("That sounds great. My children will love it.", -0.3),
            _agent("Wonderful. The new speed will be active by tomorrow evening."),
            _customer("Excellent, that is much quicker than I expected. Thanks a lot."),
        ),
    ),
    Script(
        "call-08",
        "Walter Nkemelu",
        "Grace Adeyemi",
        "technical",
        "router",
        "negative",
        14,
        "18:02",
        ("heart", "rms"),
        (
            _agent("Northwind technical support, Grace speaking."),
            _customer(
                "My router keeps dropping the connection every evening. "
                "I have called three times already."
            ),
            _agent("I am sorry. Let me look at your line, please hold."),
            _agent("Thank you for waiting. I can see a lot of errors on the line.", 3.4),
            _customer("So it was never my router. Nobody listened to me."),
            _agent("You are right. I am booking an engineer for Thursday."),
        ),
    ),
    Script(
        "call-09",
        "Noah Fairweather",
        "Tom Barrow",
        "technical",
        "outage",
        "negative",
        OUTAGE_DAY,
        "12:16",
        ("joe", "rms"),
        (
            _agent("Northwind Broadband, this is Tom."),
            _customer("The internet in our student house is dead, and we all have exams tomorrow."),
            _agent("Yes, there is an outage in Eastbank. We expect it back by four."),
            _customer("By four? Your website says everything is fine. That is ridiculous.", -0.4),
            _agent("I am sorry, the status page was updated too late."),
            _customer(
                "I waited forty minutes to hear that. This is the worst service I have ever had."
            ),
        ),
    ),
    Script(
        "call-10",
        "Irene Vasquez-Holm",
        "Grace Adeyemi",
        "billing",
        "refund",
        "negative",
        7,
        "15:37",
        ("joe", "heart"),
        (
            _agent("Northwind billing, how can I help?"),
            _customer("I was promised a refund four weeks ago, and I still have not received it."),
            _agent("Let me check. I can see that the refund was approved, but", 0.3),
            _customer("But nobody sent it. I am tired of calling you every week.", -0.9),
            _agent("I apologise. I have sent it now. You will have it in two days.", 2.2),
            _customer("I hope so. Otherwise I will make a formal complaint."),
        ),
    ),
    Script(
        "call-11",
        "Leo Hartigan",
        "Priya Raman",
        "billing",
        "billing",
        "neutral",
        17,
        "17:25",
        ("heart-low", "joe-high"),
        (
            _agent("Northwind, Priya speaking. Am I talking to Judith Hartigan?"),
            _customer(
                "No, this is her son Leo. We share one account, but I have my own mobile plan."
            ),
            _agent("Thank you, Leo. What would you like to know?"),
            _customer("Why is my mobile plan on my mother's bill this month?"),
            _agent("Both plans are on the family account. I can split the bill for you."),
            _customer("Yes please, from next month."),
        ),
    ),
    Script(
        "call-12",
        "Beatrice Olander",
        "Tom Barrow",
        "technical",
        "engineer",
        "negative",
        5,
        "13:12",
        ("joe", "heart"),
        (
            _agent("Northwind Broadband, this is Tom. What can I do for you?"),
            _customer(
                "I took a day off work, and your engineer never turned up. Nobody even called."
            ),
            _agent("I am very sorry. The visit was cancelled by mistake."),
            _customer("By mistake? I lost a day of pay. I am really angry about this.", -0.4),
            _agent("I can offer a new visit tomorrow at eight, and thirty dollars credit."),
            _customer("All right. But this is your last chance."),
        ),
    ),
    Script(
        "call-13",
        "Gideon Marsh",
        "Priya Raman",
        "billing",
        "price",
        "neutral",
        10,
        "10:52",
        ("heart-low", "rms"),
        (
            _agent("Northwind billing, Priya speaking."),
            _customer(
                "Good morning. I got a letter that my price goes up in January. Why is that?"
            ),
            _agent("Your discount ends after twelve months. I can check if there is a new offer."),
            _customer("Yes, please do. I would like to stay if the price is fair."),
            _agent("There is one. You would pay the same as now for another year.", 2.8),
            _customer("That is good news. I will take it."),
        ),
    ),
    Script(
        "call-14",
        STAR,
        "Daniel Osei",
        "billing",
        "refund",
        "positive",
        1,
        "09:18",
        ("joe", "heart"),
        (
            _agent("Northwind billing, how can I help you?"),
            _customer(
                "Hello, this is Maya Lindqvist. I am calling about the credit for the outage."
            ),
            _agent("Yes, I can see it. We have taken twenty five dollars off your next bill."),
            _customer("Oh, that is more than I expected. Thank you, I really appreciate it."),
            _agent("You are welcome. We are sorry again for the trouble."),
            _customer("Thanks. I am glad somebody listened."),
        ),
    ),
)

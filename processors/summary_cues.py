"""What English sentences sound like that tell a reason, an outcome or a promise."""

from __future__ import annotations

import re

NEED = re.compile(
    r"\b(?:i (?:need|want|have (?:a|an|been|not|never|got)|would like|wanted|cannot|can't|couldn't"
    r"|am (?:having|trying|looking|calling|unable|interested|still|writing)|received|bought"
    r"|ordered|got|did(?: not|n't)|lost|noticed|was (?:charged|told|billed))|i'm (?:having|trying"
    r"|looking|calling|unable|interested|still|excited|writing|worried|concerned)|i've|i'd like"
    r"|my (?!name|email|e-mail|phone|number|account|address|birthday|zip)\w+(?: \w+)? (?:is|has"
    r"|was|are|does|did|won't|isn't|keeps|stopped|arrived|never)|problem"
    r"|issue|trouble|not work\w*|broken|wrong|missing|refund|return|cancel|check (?:on|the)|status"
    r"|change|question|how (?:do|can|long|much)|can you (?:help|tell)|help (?:me )?with"
    r"|where (?:do|can|should|is|are)|when (?:do|does|will|is|can)|why (?:do|does|did|is|are|was)"
    r"|i(?:'m| am) (?:switching|leaving|moving|cancel\w*|quitting)|never (?:turned up|showed"
    r" up|came|called|arrived)|nobody (?:came|called|calls|answers)|because"
    r"|down since|offline|charged)\b",
    re.IGNORECASE,
)
EMPTY = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|yes|no|sure|ok(?:ay)?|thanks?"
    r"|thank you|great|fine|all ?right|perfect|of course|certainly|please|well|oh|um|uh|so|and)\b"
    r"[\s,!.]*)+",
    re.IGNORECASE,
)
ABOUT_ONESELF = re.compile(
    r"^(?:i'm|i am|my name(?: is|'s)|this is|it's|it is|my (?:email|phone|number|account|order|zip"
    r"|address|birthday|date of birth)\b.*\b(?:is|are)\b|how are you|can you hear|nice to meet)\b",
    re.IGNORECASE,
)
PROMISE = re.compile(
    r"\b(?:(?:i|we)(?:'ll| will| shall| am going to| are going to|'m going to|'re going to)\b"
    r"|you(?:'ll| will| should)(?: also)? (?:receive|get|have|see|hear|be (?:contacted|refunded"
    r"|credited|notified|able))|(?:it|they|he|she|that|this|someone|somebody|(?:the|your|an?) "
    r"(?:\w+ ){1,4})(?:'ll|will) (?:be (?:\w+ed|sent|there|done|with)|arrive|call|contact|get back"
    r"|come|follow up|reach|give you))",
    re.IGNORECASE,
)
NO_PROMISE = re.compile(
    r"\b(?:i|we)(?:'ll| will) (?:need|ask|have to ask|be (?:happy|glad) to (?:help|assist)"
    r"|just need"
    r"|see you|try|take (?:it|that|them)|talk|think|let you know if|look forward|leave|quit|switch"
    r"|cancel|go with|pass\b|not)|\?\s*$|\bif you (?:need|have any)\b"
    r"|\b(?:i|we)(?:'ll| will) (?:\w+ )?(?:be with you|look into|check|help|assist)\b.{0,24}$"
    r"|one moment|just a moment|hold"
    r"|do (?:my|our) (?:best|utmost)|every effort|everything (?:i|we) can",
    re.IGNORECASE,
)
UNTIL = re.compile(
    r"\b(?:(?:within|in|after|under|less than)(?: the)?(?: next)?(?: about| around)?(?: a(?:n)?"
    r"| \d+"
    r"(?:\s?(?:-|to|or|–)\s?\d+)?| one| two| three| four| five| six| seven| ten| twelve| fourteen"
    r"| twenty[- ]four| forty[- ]eight| few| couple of)?"
    r"(?: (?:to|or) (?:two|three|four|five|six|seven|ten))?(?: business| working)?"
    r" (?:minutes?|hours?|days?|weeks?|months?)"
    r"|(?:by|before|until|on|next|this|later|from)(?: the)?(?: end of(?: the)?)?(?: next| this)?"
    r" (?:today|tomorrow|tonight|noon|midnight|morning|afternoon|evening|day|week|month|monday"
    r"|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday|(?:january|february|march|april|may|june|july"
    r"|august|september|october|november|december)(?: \d{1,2}(?:st|nd|rd|th)?)?|\d{1,2}(?:st|nd|rd"
    r"|th)(?: of \w+)?|\d{1,2}(?::\d\d)? ?(?:am|pm|o'clock))"
    r"|today|tomorrow|tonight|right away|immediately|straight away|as soon as possible|shortly)\b",
    re.IGNORECASE,
)
DONE = re.compile(
    r"\b(?:(?:i|we)(?:'ve| have)(?: just| now| already| also)?"
    r" (?:(?!located|noted|noticed|checked|looked|received)\w+ed|sent|made|put|reset|set|done)"
    r"|(?:has|have) been (?:\w+ed|sent|reset|made|found|taken)|(?:is|are) (?:now"
    r"|currently) \w+|(?:was|were) (?:successful|booked|confirmed|refunded|credited|cancell?ed"
    r"|reserved)|has gone through|all set|is (?:booked|confirmed|resolved|fixed|active|on its way"
    r"|reserved)|reference number)\b",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"\b(?:unfortunately|we (?:can't|cannot|can not|are unable|won't)|i (?:am|'m) (?:unable"
    r"|not able)"
    r"|i (?:can't|cannot) (?:offer|give|refund|accept|process|do)|not (?:eligible|possible|covered)"
    r"|there (?:is|was) an outage)\b",
    re.IGNORECASE,
)
ANSWER = re.compile(
    r"\b(?:will (?:expire|take|cost)|expires?|takes? (?:about|up|\d)|costs?|less than|within"
    r"|in progress|the (?:reason|answer|total|balance|status) (?:is|was)|mix-up|found)\b",
    re.IGNORECASE,
)
SETTLED = re.compile(
    r"\b(?:(?:it|that|everything) (?:works?|worked|is (?:working|fixed|back)|just (?:turned|came"
    r"|started)|solved|helped|fixed)|works now|working now|that (?:was|is) (?:easy|helpful|perfect"
    r"|all i needed)|problem (?:is )?solved|still (?:not|doesn't|isn't|down|broken)"
    r"|does ?n[o']t help"
    r"|not happy|not good enough|disappointed|no use)\b",
    re.IGNORECASE,
)
NOT_YET = re.compile(
    r"\b(?:as soon as|once|until|if|when|whether|may|might|could|should) (?:\w+ ){0,4}?"
    r"(?:have|has|had|we've|i've|is|are|was|were)\b",
    re.IGNORECASE,
)

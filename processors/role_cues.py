"""What agents say and what customers say: phrases with their weight in the question of roles."""

from __future__ import annotations

import re
from typing import NamedTuple


class Cue(NamedTuple):
    """A phrase and what it speaks for, in nats: above 0 for an agent, below for a customer."""

    pattern: re.Pattern[str]
    weight: float


_MY = "account|orders?|bill(?:ing)?|card|phone|internet|router|package|subscription|insurance|" + (
    "polic(?:y|ies)|car|vehicle|appointment|booking|reservation|invoice|statement|delivery|flight|"
    "service|plan|password|payment|refund|credit|number|email|address|date of birth|birthday|"
    "zip|postcode|order number|house|wife|husband|son|daughter|computer|laptop|luggage|loan"
)
_YOURS = "(?:full |first |last |account |order |phone |contact |billing |current )*" + (
    "(?:name|number|email|e-mail|address|account|order|date of birth|birthday|zip|postcode|"
    "post code|"
    "telephone|phone|reference|policy|card|details|information|identity|social|pin|vehicle|request)"
)

_SPOKEN_FOR: tuple[tuple[float, str], ...] = (
    # greeting
    (3.0, r"thank(?:s| you) (?:so much )?for (?:calling|contacting|choosing|reaching out)"),
    (2.0, r"welcome to|you(?:'ve| have) reached|you are through to|you're through to"),
    (1.2, r"(?:my name is|this is) [\w' ]{2,25}(?:,? and i(?:'m| am)| from| with| at|speaking)\b"),
    (1.2, r"\bi(?:'m| am) (?:with|from) (?!the wrong|my)|\bi represent\b|on behalf of"),
    (1.5, r"(?:^|[,.] )\w+ speaking\b|speaking,? how"),
    (1.2, r"^[\w' ]{2,40},? (?:this is|it's) \w+\b"),
    (0.8, r"\b(?:technical|customer) (?:support|service|care)\b,|\b(?:sales|billing|reservations|"
          r"support|help ?desk|front desk|reception)[,.]? (?:this is|\w+ speaking|how)"),
    # offer to help
    (3.0, r"(?:how|what) (?:can|may|could|might) i (?:be of )?(?:help|assist|do for|service)"),
    (2.5, r"anything else (?:that )?(?:i|we) (?:can|could|may)"),
    (1.0, r"anything else\b[^.]*\?"),
    (2.0, r"(?:happy|glad|pleased|here|able) to (?:help|assist)|i can (?:certainly )?help you|"
          r"(?:help|assist) you with (?:that|this|your)|to (?:better )?assist you"),
    # verification
    (2.0, r"(?:may|can|could|might) i (?:please |also |just |quickly )*(?:have|get|ask|take|"
          r"confirm|"
          r"know)(?: for)? your"),
    (1.8, r"(?:could|can|would|will) you (?:please |also |just |kindly )*(?:provide|confirm|verify|"
          r"spell|give|share|tell me your|repeat)"),
    (1.5, rf"what(?:'s| is| was) your {_YOURS}|\byour {_YOURS},? please"),
    (2.2, r"(?:security|verification|identification) (?:purposes|reasons|questions?)|"
          r"verify your|confirm your"),
    (1.5, r"calls? (?:may|is|are|will)(?: be)?(?: being)? (?:recorded|monitored)"),
    (0.8, r"\bwhat(?:'s| is| was) the (?:\w+ )?(?:name|number|address|date|code|model|make|error|"
          r"reason|serial)|\bhow (?:do|would) you (?:spell|like)|\bwhen did (?:you|this|it)\b|"
          r"how long have you|have you (?:tried|checked|already|received)|are you able to|"
          r"(?:do|can|did) you (?:see|try|happen|know your|have access)"),
    # handling
    (1.0, r"let me (?:just |quickly |go ahead and )*(?:check|look|pull|see|verify|take a look|"
          r"bring|"
          r"find|get|transfer)"),
    (1.2, r"bear with me|please hold|put you on (?:a brief )?hold|hold (?:on )?for (?:a|one|just)|"
          r"(?:one|just a) moment|transfer you|put you through"),
    (1.5, r"thank you for (?:your patience|holding|waiting|providing|confirming|verifying|that "
          r"information|bearing|the information|sharing|bringing|your (?:time|call|business|"
          r"loyalty))"),
    (1.5, r"(?:sorry|apologi[sz]e|apologies) (?:to hear|for (?:the|any|this) (?:inconvenience|"
          r"trouble|delay|confusion|issue|mix))"),
    (1.0, r"\bi(?:'ll| will| can| am going to|'m going to) (?:\w+ )?(?:process|issue|arrange|"
          r"schedule|"
          r"escalate|initiate|submit|send you|email you|credit|waive|book you|ensure|expedite|"
          r"rectify|"
          r"update your|get that|make sure)"),
    (1.2, r"\bi (?:can )?see (?:here )?(?:that )?(?:your|you|the|there)\b|(?:our|my) (?:records|"
          r"system)"),
    (1.0, r"\bour (?:team|records|system|technicians?|end|policy|warehouse|website|company|"
          r"customers)|"
          r"\bwe (?:offer|appreciate|value|apologi[sz]e|provide|strive)|valued customer"),
    (1.2, r"(?:shall|should) i (?:book|go ahead|send|proceed)|would you like (?:me|us) to|"
          r"do you want me to|"
          r"\bi(?:'ve| have) (?:successfully )?(?:booked|reserved|added|updated|sent you|scheduled|"
          r"processed|cancelled|canceled|refunded|found)|your (?:booking|reservation|appointment|"
          r"refund|"
          r"order|account|request) (?:is|has been|will be|was)"),
    (0.8, r"\byou (?:will |can |'ll )?(?:get|receive|qualify|save)\b|\bi (?:could|can) offer|"
          r"will be (?:active|delivered|shipped|refunded|credited|charged|there|with you|waived)"),
    (0.5, r"\bwe(?:'ve| have|'ll| will|'re| are|'d| can| do| expect| would)\b"),
    (1.0, r"\bi(?:'m| am) (?:booking|sending|adding|processing|transferring|putting|checking|"
          r"updating|"
          r"looking (?:at|into|up)|going to (?:send|book|add|put|check|transfer))|"
          r"\bi(?:'ll| will) (?:\w+ )?(?:send|book|add|put|check|note|look|call you|get you|"
          r"see what|"
          r"take care)"),
    (0.8, r"does that (?:work|sound)|would you (?:like|prefer)|do you have (?:your|an?|the)\b|"
          r"which (?:one )?would you"),
    (0.6, r"you(?:'re| are) (?:very |most )?welcome|(?:sir|ma'am|madam)\b|i understand (?:your|"
          r"how|that)"),
    (0.5, r"have a (?:great|good|nice|wonderful|lovely|fantastic|pleasant) (?:rest|day|one|evening|"
          r"weekend|afternoon|night|trip|flight|journey)"),
    # customers
    (-1.0, r"\bi(?:'ve| have)? (?:saw|seen|read|heard|got|received) (?:your|an?|the) (?:offer|ad|"
          r"email|"
           r"letter|message|bill|charge|notice)|\byour (?:website|company|staff|service|offer|"
           r"colleague|app|technician|driver|system)"),
    (-1.2, r"\b(?:worst|terrible|ridiculous|unacceptable|outrageous|awful|useless|fed up|"
           r"disappoint\w*)\b"),
    (-0.8, r"\b(?:can|could|may) i (?:please )?(?:take|get|have|keep|change|cancel|return|book|pay|"
           r"speak|use|still|just get) (?!your)|(?:^|[.?!,] )(?:just |so )?please (?:book|send|"
           r"cancel|"
           r"make sure|stop|fix|do|tell|let me know|change|remove)"),
    (-0.8, r"\bi(?:'m| am) (?:moving|travell?ing|planning|thinking|paying|a customer|not able|"
           r"unable|locked|stuck)|\bi(?:'ve| have)? (?:waited|called|paid|tried|asked|emailed|"
           r"written)"),
    (-2.0, r"\bi(?:'m| am|was) (?:calling|phoning|ringing) (?:because|about|to|regarding|"
          r"in regards?|"
           r"for|since)|\bi called (?:because|about|to|yesterday|last)"),
    (-1.8, r"\bi(?:'m| am|'ve| have)?(?: having| have| had| got| been having)? (?:a|an|some|this) "
           r"(?:\w+ )?(?:issue|problem|question|trouble|complaint|concern)\b|trouble with my"),
    (-0.9, rf"\bmy (?:\w+ )?(?:{_MY})\b"),
    (-1.2, r"\bi (?:just |recently |already )*(?:ordered|bought|purchased|received|was charged|"
          r"paid|"
           r"signed up|placed|noticed|got charged|lost|forgot|tried|returned|waited)\b"),
    (-0.8, r"\bi(?:'d| would) like (?:to|a|an|my)|\bi (?:want|wanted|need)(?:ed)? (?:to|a|an|my)|"
           r"\bi(?:'m| am| was) (?:wondering|looking|trying|hoping)"),
    (-1.8, r"thank(?:s| you)[^.?!]{0,25} for (?:your (?:help|assistance|support)|helping|assisting|"
           r"clearing|looking into|taking|the (?:help|quick|assistance)|resolving|fixing)"),
    (-1.5, r"\b(?:no|nope),? (?:that's|that is|that was|that will be|that'll be) (?:all|it|"
          r"everything)|"
           r"that(?:'s| is| will be|'ll be) (?:all|it)(?: for (?:now|today))?\b|"
           r"\bno,? (?:thanks|thank you)"),
    (-1.0, r"(?:^|[.?!] )(?:sure|yes|yeah|okay|ok|of course),? (?:it's|it is|my|that's|"
          r"the number)"),
    (-1.2, r"\bi(?:'m| am) (?:\w+ ){0,2}(?:frustrated|upset|disappointed|confused|angry|unhappy|"
           r"concerned|worried|excited|annoyed|fed up|not happy|furious)"),
    (-1.5, r"(?:speak|talk) (?:to|with) (?:a|your|the|someone|somebody) (?:\w+ )?(?:manager|"
          r"supervisor|"
           r"person|human|representative|agent)?"),
    (-0.8, r"(?:can|could|would) you (?:please )?(?:help|check|fix|look|explain|tell me (?:what|"
          r"why|how|"
           r"when|if)|send me|find)"),
    (-0.8, r"(?:isn't|not|doesn't|stopped|won't|wouldn't) work(?:ing)?|is broken|been waiting|"
           r"still (?:haven't|waiting|not)|i(?:'ve| have) been"),
    (-0.6, r"\b(?:when|how long|how much|how soon|why) (?:can|will|does|do|would|should|is|was) "
           r"(?:i|it|my|this|that)\b|\bdo i (?:have|need)|\bi appreciate (?:it|your help|that)|"
           r"you (?:guys|people)\b"),
)  # fmt: skip

# The plainest ones in the languages besides English whose sentiment is read.
_ABROAD: tuple[tuple[float, str], ...] = (
    (3.0, r"gracias por (?:llamar|su llamada|comunicarse)|en qué (?:le )?puedo (?:ayudar|servir)"),
    (2.0, r"(?:me|nos) (?:puede|podría) (?:dar|indicar|confirmar|decir) su|"
          r"algo más en (?:lo )?que"),
    (-2.0, r"\b(?:llamo|llamaba) (?:porque|por|para)|tengo un problema|gracias por su ayuda"),
    (3.0, r"merci d(?:e votre appel|'avoir appelé)|(?:comment|en quoi) puis-je vous aider"),
    (2.0, r"(?:puis-je|pouvez-vous|pourriez-vous)[^.?!]{0,30} votre (?:nom|numéro|adresse|date)"),
    (-2.0, r"\bj'(?:appelle|appelais) (?:parce que|pour|car|au sujet)|j'ai un problème|"
           r"merci (?:pour|de) votre aide"),
    (3.0, r"(?:danke|vielen dank) für ihren anruf|(?:wie|womit|was) kann ich (?:ihnen|für sie)"),
    (2.0, r"(?:können|könnten|würden) sie mir (?:bitte )?ihre|darf ich (?:bitte )?(?:um )?ihre|"
          r"kann ich sonst noch"),
    (-2.0, r"ich rufe an,? (?:weil|wegen|um)|ich habe ein problem|(?:danke|dank) für (?:die|"
          r"ihre) hilfe"),
    (3.0, r"grazie per aver chiamato|(?:come|in cosa) posso (?:aiutarla|esserle)"),
    (2.0, r"(?:può|potrebbe) (?:darmi|dirmi|confermarmi) (?:il|la|i) su(?:o|a|oi)"),
    (-2.0, r"\b(?:chiamo|chiamavo) (?:perché|per)|ho un problema|grazie (?:per|"
          r"dell')[^.?!]{0,8}aiuto"),
    (3.0, r"obrigad[oa] por (?:ligar|sua ligação)|(?:em que|como) posso (?:ajudar|ajudá)"),
    (2.0, r"(?:pode|poderia) (?:me )?(?:informar|confirmar|dizer|dar) (?:o|a) (?:seu|sua)"),
    (-2.0, r"\b(?:estou ligando|ligo) (?:porque|para|por)|estou com um problema|"
          r"obrigad[oa] pela ajuda"),
)  # fmt: skip

CUES = tuple(Cue(re.compile(text), weight) for weight, text in (*_SPOKEN_FOR, *_ABROAD))

MACHINE = re.compile(
    r"\bpress (?:\d|one|two|three|four|five|six|seven|eight|nine|zero|star|the|pound)\b|"
    r"para espa[nñ]ol|please listen carefully|our (?:menu )?options have|"
    r"your call is important|(?:next|first) available (?:agent|representative|operator)|"
    r"leave (?:a|your) message|after the (?:tone|beep)|please enter your|please stay on the line"
)
"""What recorded announcements and menus say."""

SUPERVISOR = re.compile(
    r"\bi(?:'m| am) (?:the|a|her|his|their) (?:\w+ )?(?:supervisor|team lead(?:er)?|manager)\b|"
    r"\bthis is (?:the|\w+,? the) (?:\w+ )?(?:supervisor|manager)\b"
)
"""What a supervisor says on taking a call over."""

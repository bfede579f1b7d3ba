"""How mail programs of many languages announce what is quoted, signed or forwarded."""

from __future__ import annotations

import re

LONGEST_LINE = 400
"""Characters of a line in which an announcement is looked for; keeps every pattern linear."""

_I = re.IGNORECASE

# Word order of "On <date>, <name> wrote:" per language. A digit or an address must stand between.
_WROTE = re.compile(
    r"(?:-+ ?)?(?:"
    r"(?:On|At) .{4,}?(?:wrote|writes|said|replied)"
    r"|(?:Am|Um) .{4,}?schrieb\b.*"
    r"|Le .{4,}?a [ée]crit"
    r"|El .{4,}?escribi[óo]"
    r"|(?:Il|In data|Lì) .{4,}?ha scritto"
    r"|(?:Em|A|No dia) .{4,}?escreveu"
    r"|Op .{4,}?schreef\b.*"
    r"|(?:Dnia|W dniu) .{4,}?(?:napisał|nadesłał)(?:\(a\)|a)?"
    r"|Dne .{4,}?napsal(?:\(a\)|a)?"
    r"|.{4,}? skrev\b.*"
    r"|.{4,}? (?:kirjoitti|írta|написал(?:а|\(а\))?|пишет|yazdı|님이 작성하였습니다|写道)"
    r") ?(?:[::]|-{2,})?",
    _I,
)
_DATED = re.compile(r"\d|@")
# "<date and time> Ana <ana@example.com>:" needs no word at all.
_DATED_ADDRESS = re.compile(r".*(?:\d[:.h]\d\d|\d{4}|年).*[<(][^<>()\s]+@[^<>()]+[>)]+ ?:")
# These say so little that they count only where quoted lines follow.
_WEAK = re.compile(
    r".{1,120}?(?:wrote|writes|said|schrieb|schreef|a écrit|escribió|ha scritto|escreveu|skrev) ?:"
    r"|(?:Quoting|Zitat von|Citando|Quoting from) .{2,120}:"
    r"|>{2,} .{1,120} writes:",
    _I,
)

_SEPARATOR = re.compile(
    r"[>\s]*[-_=*—]{2,}\s*(?:"
    r"(?:Original|Forwarded|Reply) ?(?:Message|Mail|Email|Attachment|Separator)?.*"
    r"|(?:Ursprüngliche|Originale?|Weitergeleitete) ?(?:Nachricht|E?-?Mail).*"
    r"|Message (?:d['’]origine|transféré|original).*|Courriel original.*"
    r"|Mensaje (?:original|reenviado).*|Mensagem (?:original|encaminhada).*"
    r"|Messaggio (?:originale|inoltrato).*"
    r"|(?:Oorspronkelijk|Doorgestuurd) bericht.*"
    r"|(?:Oprindelig|Opprinnelig|Ursprungligt|Videresendt)"
    r" (?:besked|meddelelse|melding|meddelande).*"
    r"|Alkuperäinen viesti.*|(?:Wiadomość oryginalna|Oryginalna wiadomość).*"
    r"|Исходное сообщение.*|Пересылаемое сообщение.*"
    r")[-_=*—]{2,}\s*",
    _I,
)
_FORWARD = re.compile(
    r"(?:Begin forwarded (?:message|text)|Anfang der weitergeleiteten (?:Nachricht|E-Mail)"
    r"|Début du message (?:réexpédié|transféré)|Inizio messaggio inoltrato"
    r"|Inicio del mensaje reenviado"
    r"|Original Message processed by \w+)\W*.*",
    _I,
)
RULE = re.compile(r"\s*(?:[-_=*—]\s?){3,}\s*")

_FROM = "From|Von|De|Da|Van|Od|Från|Fra|Lähettäjä|От|От кого|Gönderen|发件人|差出人|보낸 ?사람"
_SUBJECT = (
    "Subject|Betreff|Objet|Sujet|Asunto|Assunto|Oggetto|Onderwerp|Temat|Předmět|Ämne|Emne|Aihe"
    "|Тема|Konu|主题|件名|제목"
)
_OTHERS = (
    "Sent|Date|To|Cc|Bcc|Reply-To|Organization|Importance|Attachments|Gesendet|Datum|An|Kopie"
    "|Envoyé|Envoyé le|À|A|Copie à|Enviado|Enviado el|Enviada|Enviada em|Enviado em|Fecha|Data|Para"
    "|Inviato|Verzonden|Aan|Wysłano|Do|DW|Odesláno|Komu|Skickat|Till|Kopia|Sendt|Dato|Til|Kopi"
    "|Lähetetty|Päivämäärä|Vastaanottaja|Отправлено|Дата|Кому|Копия|Message du|Gönderildi|Kime"
    "|发送时间|收件人|抄送|送信日時|宛先|보낸 ?날짜|받는 ?사람|참조"
)
HEADER_LINE = re.compile(
    rf"[>\s]*[*_]?(?:(?P<from>{_FROM})|(?P<subject>{_SUBJECT})|(?P<other>{_OTHERS}))"
    r"\s?[*_]?\s?[::][*_]?(?:\s.*|[^/\s].*|)",
    _I,
)

SIGNATURE = re.compile(r"(?:--|__) ?")
FOOTER_RULE = re.compile(r"[-_=]{5,}\s*")
FOOTER_WORDS = re.compile(r"https?://|mailing list|mailman|unsubscribe|@lists?\.", _I)
_PRODUCTS = (
    r"(?:(?:Yahoo|AOL|Windows|Samsung|Huawei|Xiaomi|Outlook|Gmail|iCloud|Proton\w*|Mail|Spark|Sparrow"
    r"|TypeApp|BlackBerry|iPhone|iPad|Android|Galaxy|Nokia|Mobile|Smartphone|Handy)\b)"
)
_ON_MY = rf"(?=.{{0,40}}(?:\b(?:mein|mon|ma|mi|meu|mio|mijn|min|mitt)|{_PRODUCTS}))"
MOBILE = re.compile(
    r"(?:"
    rf"Sent (?:from|via|with|using) (?:(?:my )|(?=.{{0,40}}{_PRODUCTS}))"
    r"|(?:Get|Hol dir|Télécharger|Obtener|Scarica|Hent) Outlook "
    rf"|(?:Von {_ON_MY}(?=.{{0,60}} gesendet)|(?:Gesendet|Diese Nachricht wurde) {_ON_MY})"
    rf"|Envoyé (?:depuis|à partir d|de|avec|par){_ON_MY}"
    rf"|(?:Enviado|Enviada) (?:desde|do|de|a partir){_ON_MY}"
    rf"|Inviato da{_ON_MY}|Verzonden (?:vanaf|met|via){_ON_MY}"
    rf"|(?:Sendt fra|Skickat från|Sendt frå){_ON_MY}|Wysłano z|Lähetetty {_ON_MY}"
    r")[^,:;?<([]{0,80}(?:<[^>]*>|\([^)]*\)|\[[^\]]*\])?\s?[.!]?",
    _I,
)
SIGN_OFF = re.compile(
    r"(?:"
    r"(?:with )?(?:(?:my |our )?(?:best|kind|kindest|warm|warmest|many) )?regards"
    r"|best wishes|all the best|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|best|cheers"
    r"|(?:mit )?(?:freundliche[nr]?|beste[nr]?|liebe|viele|herzliche|schöne) gr(?:ü|ue)(?:ß|ss)en?"
    r"|(?:lieben )?gru(?:ß|ss)|mfg|lg|vg|hochachtungsvoll"
    r"|(?:bien |très )?cordialement|(?:meilleures |sincères )?salutations|bien à vous|bonne journée"
    r"|(?:un )?saludos?(?: cordial(?:es)?)?|atentamente|cordialmente|atenciosamente|cumprimentos"
    r"|(?:cordiali|distinti) saluti|saluti|(?:met )?vriendelijke groet(?:en)?|groet(?:en|jes)?"
    r"|(?:med )?(?:venlige?|vänliga?|vennlige?|bästa|bedste|beste)"
    r" (?:hilsen|hälsning(?:ar)?|hilsner)"
    r"|hilsen|hälsningar|mvh|kh|z poważaniem|z powazaniem|pozdrawiam|s pozdravem"
    r"|(?:many )?thanks(?: (?:&|and|in advance)(?: best| kind)?(?: regards)?)?|thank you"
    r"|danke|vielen dank|merci|gracias|grazie|obrigad[oa]|bedankt"
    r"|/\w{2,20}"
    r")[^\w?]{0,6}",
    _I,
)
# After thanks, only a name of one to three short lines makes it a closing.
THANKS = re.compile(
    r"(?:many )?thank|danke|vielen|merci|gracias|grazie|obrigad|bedankt|best\W*$", _I
)
DISCLAIMER = re.compile(
    r"[*\s]*(?:(?:Confidentiality|Privileged|Legal|Confidential)"
    r"[\w ]{0,40} (?:notice|note|information)\b"
    r"|Disclaimer\b\W*$"
    r"|(?:This|The information (?:contained )?in this) (?:e-?mail|message|communication)[^.]{0,200}"
    r"(?:confidential|intended (?:solely|only))"
    r"|Diese (?:E-?Mail|Nachricht)[^.]{0,120}vertraulich"
    r"|Ce (?:message|courriel)[^.]{0,200}confidentiel"
    r"|Este (?:mensaje|correo)[^.]{0,200}confidencial"
    r"|Le informazioni contenute in quest)",
    _I,
)
WARNING = re.compile(
    r"[\[*\s]*(?:CAUTION|EXTERNAL(?: E?-?MAIL)?|WARNING|ACHTUNG)\b.{0,120}?"
    r"(?:originated|outside|external|sender|extern)",
    _I,
)


def announces_quote(line: str) -> bool:
    """Tell whether a line, joined from its wrapped parts, reads "On <date>, <name> wrote:"."""
    if len(line) > LONGEST_LINE or not (line[-1:] in "::-" or "@" in line):
        return False
    if _DATED_ADDRESS.fullmatch(line):
        return True
    return bool(_DATED.search(line) and _WROTE.fullmatch(line))


def may_announce_quote(line: str) -> bool:
    """Tell whether a line reads "<name> wrote:", which counts only above quoted lines."""
    return line[-1:] == ":" and len(line) <= LONGEST_LINE and bool(_WEAK.fullmatch(line))


def separates(line: str) -> bool:
    """Tell whether a line reads "-----Original Message-----" or the like."""
    if len(line) > LONGEST_LINE:
        return False
    return bool(_SEPARATOR.fullmatch(line) or _FORWARD.fullmatch(line.strip("> -")))

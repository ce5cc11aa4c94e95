"""What may stand where in FCPXML (1.9 and later), for the elements that exports use: rules of ours, written from
Apple's FCPXML reference. The DTD, which Apple's developer documentation publishes, is Apple's text and not in this
repository; where CUELINE_FCPXML_DTD names a copy and xmllint is installed, it counts as well."""
import os
import re
import shutil
import subprocess

ANCHORED = "(?:asset-clip |clip |video |audio |title |caption |spine |gap )*"
MARKED = "(?:marker |chapter-marker |rating |keyword |analysis-marker )*"
# Element: needed attributes, further attributes, children in order (each name followed by a blank).
ELEMENTS = {
    "fcpxml": ("version", "", r"(?:import-options )?(?:resources )?(?:library |(?:event )*|(?:project )*)"),
    "resources": ("", "", r"(?:asset |effect |format |media )*"),
    "format": ("id", "name frameDuration fieldOrder width height paspH paspV colorSpace projection stereoscopic", ""),
    "asset": ("id", "name uid start duration hasVideo format hasAudio videoSources audioSources audioChannels "
              "audioRate customLUTOverride colorSpaceOverride projectionOverride stereoscopicOverride auxVideoFlags",
              r"(?:media-rep )+(?:bookmark )?(?:metadata )?"),
    "media-rep": ("src", "kind sig suggestedFilename", "(?:bookmark )?"),
    "library": ("", "location colorProcessing", r"(?:event )*(?:smart-collection )*"),
    "event": ("", "name uid", r"(?:asset-clip |clip |ref-clip |project |keyword-collection |smart-collection )*"),
    "project": ("", "name uid id modDate", "sequence "),
    "sequence": ("format", "duration tcStart tcFormat audioLayout audioRate renderFormat keywords",
                 "(?:note )?spine (?:metadata )?"),
    "spine": ("", "lane offset name format", r"(?:asset-clip |clip |video |audio |title |gap |transition )*"),
    "gap": ("duration", "name offset start enabled", f"(?:note )?{ANCHORED}{MARKED}(?:metadata )?"),
    "asset-clip": ("ref", "srcEnable audioStart audioDuration lane offset name start duration enabled format tcStart "
                   "tcFormat audioRole videoRole modDate",
                   f"(?:note )?(?:conform-rate )?(?:timeMap )?(?:adjust-[a-zA-Z-]+ )*{ANCHORED}{MARKED}"
                   r"(?:audio-channel-source )*(?:filter-video )*(?:filter-audio )*(?:metadata )?"),
    "marker": ("start duration value", "completed note", ""),
    "chapter-marker": ("start duration value", "note posterOffset", ""),
    "note": ("", "", ""),
    "metadata": ("", "", "(?:md )*"),
    "md": ("key", "value editable type displayName description source", "(?:array )?"),
}


def broken_rules(root):
    """Complaints, each a line."""
    if root.tag != "fcpxml" or not re.fullmatch(r"1\.(9|1[0-4])", root.get("version", "")):
        yield f"root {root.tag} {root.get('version')}"
    ids = [element.get("id") for element in root.find("resources") or () if element.get("id") is not None]
    if len(set(ids)) < len(ids):
        yield "an id that is not unique"
    kinds = {element.get("id"): element.tag for element in root.find("resources") or ()}
    for element in root.iter():
        rule = ELEMENTS.get(element.tag)
        if rule is None:
            yield f"unexpected element {element.tag}"
            continue
        needed, further, children = rule
        for name in needed.split():
            if name not in element.attrib:
                yield f"{element.tag} without {name}"
        for name in set(element.attrib) - set(needed.split()) - set(further.split()):
            yield f"{element.tag} with {name}"
        sequence = "".join(f"{child.tag} " for child in element)
        if not re.fullmatch(children, sequence):
            yield f"{element.tag} holds {sequence[:200]}"
        if "ref" in element.attrib and kinds.get(element.get("ref")) != "asset":
            yield f"{element.tag} of no asset"
        if "format" in element.attrib and kinds.get(element.get("format")) != "format":
            yield f"{element.tag} of no format"
        if "id" in element.attrib and not re.fullmatch(r"[A-Za-z_][\w.-]*", element.get("id")):
            yield f"the id {element.get('id')}"
        for name in ("enabled", "hasVideo", "hasAudio", "completed"):
            if element.get(name, "1") not in ("0", "1"):
                yield f"{name} is {element.get(name)}"


def invalid_by_dtd(text):
    """xmllint's complaints, as one; none without a DTD or without it."""
    dtd, tool = os.environ.get("CUELINE_FCPXML_DTD"), shutil.which("xmllint")
    if not dtd or tool is None:
        return
    result = subprocess.run([tool, "--noout", "--nonet", "--dtdvalid", dtd, "-"], input=text.encode(),
                            capture_output=True)
    if result.returncode != 0:
        yield f"by its DTD: {result.stderr.decode(errors='replace')[:400]}"

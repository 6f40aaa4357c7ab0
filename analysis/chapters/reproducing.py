"""How to come to the same numbers: commands, versions, commit, seeds, fingerprints."""

from analysis.document.document import Block, Commands, Notice, Section, Table, Text
from analysis.document.wording import listed, without_folders
from analysis.evidence import Evidence


def section(evidence: Evidence) -> Section:
    """Return the chapter on reproducing the run."""
    commit = evidence.about.commit or ""
    blocks: list[Block] = [Commands(_commands(evidence, commit.removesuffix("-dirty")))]
    if not commit or commit.endswith("-dirty"):
        what = "changes that were not committed" if commit else "a commit that is not known"
        blocks.append(Notice(f"The search ran with {what}: its code is not to be had again from here."))
    if evidence.plan.slots > 1:
        blocks.append(
            Text(
                f"{evidence.plan.slots} trials ran at a time. Which of them ended first decides what is "
                "proposed next, so another search with this seed may propose others; a trial with the same "
                "hyperparameters, on the same kind of machine, repeats its curve. With --concurrent 1 the "
                "whole search repeats."
            )
        )
    return Section("To reproduce it", [*blocks, _versions(evidence), _fingerprints(evidence)])


def _commands(evidence: Evidence, commit: str) -> list[str]:
    plan, record = evidence.plan, evidence.record
    search = without_folders(evidence.about.command)
    if "--name" not in search:
        search += f" --name {evidence.folder.name}"
    said = [*([f"git checkout {commit}"] if commit else []), "pip install -e .", search]
    if f"--trials {plan.trials}" not in search:
        said.append(f"python -m search --resume {evidence.name} --trials {plan.trials}")
    return [*said, *([without_folders(record.command)] if record else [])]


def _versions(evidence: Evidence) -> Table:
    began = evidence.about.versions
    columns, found = ["", "search"], [began]
    if evidence.record:
        columns, found = [*columns, "retraining"], [began, evidence.record.versions]
    names = list(dict.fromkeys(name for each in found for name in each))
    rows = [[name, *(each.get(name, "–") for each in found)] for name in names]
    commits = [evidence.about.commit, *([evidence.record.commit] if evidence.record else [])]
    rows.append(["commit", *(each or "–" for each in commits)])
    return Table(columns, "l" * len(columns), rows, "Versions")


def _fingerprints(evidence: Evidence) -> Table:
    plan, record, dataset = evidence.plan, evidence.record, evidence.about.dataset
    rows = [["search seed", str(plan.seed)]]
    if record:
        rows.append(["seeds of the retraining", listed([str(seed) for seed in record.seeds])])
    rows.append([f"dataset {dataset.name}, SHA-256", dataset.fingerprint])
    if record and record.test_fingerprint:
        rows.append(["test images and labels, SHA-256", record.test_fingerprint])
    if plan.weights:
        rows.append(["pretrained weights, SHA-256", plan.weights.fingerprint])
    if plan.parent:
        rows.append([f"checkpoint of {plan.parent.run}, SHA-256", plan.parent.fingerprint])
    return Table(("", ""), "ll", rows, "Seeds and fingerprints")

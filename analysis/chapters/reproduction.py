"""The chapter on how to reproduce the results: commands, versions, commit, seeds, fingerprints."""

from analysis.document.document import Block, Commands, Notice, Section, Table, Text
from analysis.document.wording import listed, without_folders
from analysis.evidence import Evidence


def section(evidence: Evidence) -> Section:
    """Return the chapter."""
    commit = evidence.run_record.commit or ""
    blocks: list[Block] = [Commands(_commands(evidence, commit.removesuffix("-dirty")))]
    if not commit or commit.endswith("-dirty"):
        reason = "changes that were not committed" if commit else "an unknown commit"
        blocks.append(Notice(f"The search ran with {reason}, so its exact code cannot be restored."))
    if evidence.plan.slots > 1:
        blocks.append(
            Text(
                f"{evidence.plan.slots} trials ran at a time. The order in which they end influences which "
                "hyperparameters are suggested next, so another search with this seed may suggest others. A "
                "trial with the same hyperparameters repeats its curve on the same kind of machine. With "
                "--concurrent 1 the whole search is repeated."
            )
        )
    return Section("How to reproduce it", [*blocks, _versions(evidence), _fingerprints(evidence)])


def _commands(evidence: Evidence, commit: str) -> list[str]:
    plan, record = evidence.plan, evidence.record
    search = without_folders(evidence.run_record.command)
    if "--name" not in search:
        search += f" --name {evidence.folder.name}"
    commands = [*([f"git checkout {commit}"] if commit else []), "pip install -e .", search]
    if f"--trials {plan.trials}" not in search:
        commands.append(f"python -m search --resume {evidence.name} --trials {plan.trials}")
    return [*commands, *([without_folders(record.command)] if record else [])]


def _versions(evidence: Evidence) -> Table:
    columns = ["", "search"]
    versions, commits = [evidence.run_record.versions], [evidence.run_record.commit]
    if evidence.record:
        columns.append("retraining")
        versions.append(evidence.record.versions)
        commits.append(evidence.record.commit)
    packages = list(dict.fromkeys(package for column in versions for package in column))
    rows = [[package, *(column.get(package, "–") for column in versions)] for package in packages]
    rows.append(["commit", *(commit or "–" for commit in commits)])
    return Table(columns, "l" * len(columns), rows, "Versions")


def _fingerprints(evidence: Evidence) -> Table:
    plan, record, dataset = evidence.plan, evidence.record, evidence.run_record.dataset
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

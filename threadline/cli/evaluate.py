"""`threadline eval`: how right an answer is, on data whose truth is known."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from threadline.cli.common import json_option, print_json, settings_of
from threadline.evaluation import load_task, task_names
from threadline.evaluation.lab import Lab
from threadline.evaluation.show import lines
from threadline.evaluation.task import ALL, HELD_OUT, Report, Task

DATA = click.Path(exists=True, path_type=Path)


class Tasks(click.Group):
    """A group with one command per task, imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the tasks."""
        return ["identity", *task_names()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a task."""
        if cmd_name == "identity":
            from threadline.cli.evaluate_identity import command as identity

            return identity
        return _command(load_task(cmd_name)) if cmd_name in task_names() else None


@click.group("eval", cls=Tasks, invoke_without_command=True)
@click.option("--layouts", is_flag=True, help="Say what data each task reads.")
@click.pass_context
def command(ctx: click.Context, layouts: bool) -> None:
    """Measure answers against data whose truth is known."""
    if layouts:
        for name in task_names():
            task = load_task(name)
            click.echo(f"{click.style(name, bold=True)}: {task.about}\n\n{task.layout.strip()}\n")
    elif ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _command(task: Task) -> click.Command:
    @click.command(task.name, help=f"{task.about}\n\n\b\n{task.layout.strip()}")
    @click.option("--data", required=True, type=DATA, help="The labelled data: a file or folder.")
    @click.option(
        "--part",
        type=click.Choice([ALL, HELD_OUT, *task.parts]),
        default=ALL,
        show_default=True,
        help="All of it, only what our own training leaves out of such a set, or as listed above.",
    )
    @click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page.")
    @json_option
    @click.pass_context
    def command(
        ctx: click.Context,
        data: Path,
        part: str,
        html: Path | None,
        as_json: bool,
        speech_model: str | None = None,
    ) -> None:
        report = measured(ctx, task, data, part, speech_model)
        if html is not None:
            from threadline.evaluation.page import page

            html.write_text(page(report), "utf-8")
        if as_json:
            print_json(report)
        else:
            click.echo("\n".join(lines(report)))

    if task.speech:
        help_text = "Speech model (default: that of the settings)."
        return click.option("--speech-model", metavar="NAME", help=help_text)(command)
    return command


def measured(
    ctx: click.Context, task: Task, data: Path, part: str, speech_model: str | None
) -> Report:
    """Run a task with the engines of the settings, telling progress where somebody looks."""
    settings = settings_of(ctx)
    if speech_model:
        settings = msgspec.structs.replace(settings, speech_model=speech_model)
    err = click.get_text_stream("stderr")

    def progress(done: int, total: int) -> None:
        if err.isatty():
            err.write(f"\r{task.name}: {done} of {total}\x1b[K" if done < total else "\r\x1b[K")
            err.flush()

    lab = Lab(settings, part=part, progress=progress)
    try:
        report = task.run(data, lab)
    finally:
        lab.close()
    return msgspec.structs.replace(report, data=report.data or data.name, part=part)

"""The pages of layers: listed, made, changed and deleted, with who holds what."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.errors import Refusal
from accounts.models import Project
from accounts.pages import address, person, project_of, shown_again, signed_in
from accounts.policy import Action
from audit.queries import recent
from audit.wording import told
from experiments import layers
from experiments.holding import etag
from experiments.models import Layer
from experiments.pages.addresses import layer_address
from experiments.pages.bars import Bar, bar_of
from experiments.pages.group_forms import LayerForm
from experiments.pages.views.finding import layer_of
from experiments.queries import find_layer, holders_of, list_layers
from flags.abilities import abilities

LIST, FORM, DELETE = "layers/list.html", "layers/form.html", "layers/delete.html"
ENTRIES = 5
asked_and_done = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@require_safe
def layer_list(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    context = {
        "project": project,
        "projects": Project.objects.all(),
        "lines": [(layer, bar_for(layer)) for layer in list_layers(project)],
        "can": abilities(person(request), project, list(project.environments.all())),
    }
    return render(request, LIST, context)


@signed_in
@asked_and_done
def layer_new(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    policy.require(person(request), Action.CHANGE, project=project)
    environments = [each for each in project.environments.all() if policy.may_change(person(request), each)]
    chosen = request.GET.get("environment", "")
    if request.method != "POST":
        return render(request, FORM, {"project": project, "form": LayerForm(environments=environments, chosen=chosen)})
    form = LayerForm(environments=environments, given=request.POST)
    try:
        form.require_valid()
        layer = layers.create_layer(form.environment_given(), by=person(request), **form.fields_given())
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, FORM, {"project": project, "form": form}, refusal)
    messages.success(request, f"{layer.key} was made. Experiments in {layer.environment.name} can take a share of it.")
    return redirect(layer_address(layer))


@signed_in
@asked_and_done
def layer_detail(request: HttpRequest, key: str) -> HttpResponse:
    layer = layer_of(request, key)
    if request.method == "POST":
        return _save(request, layer)
    return render(request, FORM, _about(request, layer, LayerForm(layer)))


@signed_in
@asked_and_done
def layer_delete(request: HttpRequest, key: str) -> HttpResponse:
    layer = layer_of(request, key)
    if request.method != "POST":
        return render(request, DELETE, _about(request, layer, LayerForm(layer)))
    layers.delete_layer(layer, by=person(request))
    messages.success(request, f"{layer.key} is deleted in {layer.environment.name}.")
    return redirect(address("layer-list", project=layer.environment.project.key))


def bar_for(layer: Layer) -> Bar:
    """Who holds which buckets of the layer."""
    return bar_of([(each.key, each.layer_ranges) for each in holders_of(layer)], nobody="free")


def _save(request: HttpRequest, layer: Layer) -> HttpResponse:
    form = LayerForm(layer, given=request.POST)
    try:
        form.require_valid()
        layers.update_layer(layer, by=person(request), if_match=form.read(), **form.fields_given())
    except Refusal as refusal:
        newest = find_layer(layer.environment.project, str(layer.pk), environment=layer.environment)
        form.take(refusal, newest=etag(newest))
        return shown_again(request, FORM, _about(request, newest, form), refusal)
    messages.success(request, f"Saved {layer.key} in {layer.environment.name}.")
    return redirect(layer_address(layer))


def _about(request: HttpRequest, layer: Layer, form: LayerForm) -> dict[str, Any]:
    """What the pages of one layer show."""
    environment = layer.environment
    entries = recent(project=environment.project.key, subject="layer", key=layer.key, environment=environment.key)
    return {
        "project": environment.project,
        "environment": environment,
        "layer": layer,
        "form": form,
        "bar": bar_for(layer),
        "users": layer.experiments.select_related("environment__project").order_by("key"),
        "why_not": abilities(person(request), environment.project, [environment]).why_not.get(environment.key, ""),
        "entries": told(entries[:ENTRIES]),
    }

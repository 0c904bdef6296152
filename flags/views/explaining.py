"""What the question on a flag's page answers: why somebody gets what they get."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.errors import Invalid
from accounts.pages import project_of, shown_again, signed_in
from accounts.queries import find_environment
from flags.addresses import flag_address
from flags.explaining import explain_flag
from flags.queries import find_flag
from flags.trace_wording import why
from flags.views.editing import shown_or_saved
from flags.views.showing import TEMPLATE, detail
from flags.why_form import WhyForm


@signed_in
@shown_or_saved
def flag_why(request: HttpRequest, key: str) -> HttpResponse:
    flag = find_flag(project_of(request), key)
    environment = find_environment(flag.project, request.GET.get("environment", ""))
    if request.method != "POST":
        return redirect(flag_address(flag, environment=environment.key))
    form = WhyForm(request.POST)
    try:
        form.require_valid()
    except Invalid as refusal:
        return shown_again(request, TEMPLATE, detail(request, flag, why_form=form), refusal)
    answer = why(explain_flag(flag, environment, form.asked(), why_not=True))
    return render(request, TEMPLATE, detail(request, flag, why_form=form, why=answer))

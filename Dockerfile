# One image for web and worker. Static files need no collecting: WhiteNoise serves them from where the packages hold them.
FROM python:3.11-slim AS build
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 FLAGPLATFORM_DATA_DIR=/data
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin flagplatform \
    && install --directory --owner=flagplatform --group=flagplatform /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/flagplatform
COPY manage.py ./
COPY flagkit ./flagkit
COPY accounts ./accounts
COPY audit ./audit
COPY flags ./flags
COPY experiments ./experiments
COPY evaluation ./evaluation
COPY flagplatform ./flagplatform
COPY templates ./templates
COPY static ./static
RUN python -m compileall -q .
USER flagplatform
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["uvicorn", "flagplatform.asgi:application", "--http", "evaluation.doors.hooks:DecisionProtocol", \
     "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "10", "--no-access-log", \
     "--no-proxy-headers"]

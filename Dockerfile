# syntax=docker/dockerfile:1
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Host/Evently.Host.csproj --configuration Release --output /app \
 && mkdir /data

# Chiselled: no shell, no package manager, not root. The -extra variant has the time zones and the Unicode data that events need.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app .
# APP_UID is the image's own user, 1654.
COPY --from=build --chown=1654:1654 /data /data
USER 1654
ENV ASPNETCORE_HTTP_PORTS=8080 \
    Evently__Storage__DataDirectory=/data
EXPOSE 8080
VOLUME /data
# There is no curl in the image; the program asks itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["dotnet", "Evently.Host.dll", "--probe", "http://localhost:8080/health/live"]
ENTRYPOINT ["dotnet", "Evently.Host.dll"]

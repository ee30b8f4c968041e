#!/bin/bash
# Runs inside LocalStack once it is ready, and may run again. The hosts make a missing table and missing queues by themselves; made here as well, a host can
# also be started with Evently:Storage:CreateTable and Evently:Messaging:CreateQueues set to false, as where infrastructure is managed elsewhere.
set -euo pipefail

table=${EVENTLY_TABLE:-Evently-Table}
if ! awslocal dynamodb describe-table --table-name "$table" >/dev/null 2>&1; then
  awslocal dynamodb create-table \
    --table-name "$table" \
    --billing-mode PAY_PER_REQUEST \
    --attribute-definitions AttributeName=pk,AttributeType=S AttributeName=sk,AttributeType=S AttributeName=xpk,AttributeType=S AttributeName=xsk,AttributeType=S \
    --key-schema AttributeName=pk,KeyType=HASH AttributeName=sk,KeyType=RANGE \
    --global-secondary-indexes 'IndexName=xpk-xsk-index,KeySchema=[{AttributeName=xpk,KeyType=HASH},{AttributeName=xsk,KeyType=RANGE}],Projection={ProjectionType=KEYS_ONLY}' >/dev/null
  awslocal dynamodb wait table-exists --table-name "$table"
  awslocal dynamodb update-time-to-live --table-name "$table" --time-to-live-specification Enabled=true,AttributeName=ttl >/dev/null
fi

for module in venues events booking users analytics mail; do
  # 14 days, SQS's longest.
  dead=$(awslocal sqs create-queue --queue-name "evently-$module-dead" --attributes MessageRetentionPeriod=1209600 --query QueueUrl --output text)
  arn=$(awslocal sqs get-queue-attributes --queue-url "$dead" --attribute-names QueueArn --query Attributes.QueueArn --output text)
  awslocal sqs create-queue --queue-name "evently-$module" \
    --attributes "{\"MessageRetentionPeriod\":\"1209600\",\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"$arn\\\",\\\"maxReceiveCount\\\":20}\"}" >/dev/null
done
echo "Evently's table and queues are there."

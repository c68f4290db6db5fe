// Everything that runs ArtistOS in Azure: one Flex Consumption app, one storage account, one vault,
// one identity. No secret and no key stands here or in the app's settings: the identity reads
// secrets from the vault and reaches storage by its roles.
targetScope = 'resourceGroup'

@description('Name of this environment; resources are named after it')
@minLength(3)
@maxLength(18)
param name string

param location string = resourceGroup().location

@description('Python of the app; 3.11, 3.12 and 3.13 are tested')
@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string = '3.12'

@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Requests that one instance serves at once; as many threads')
param httpConcurrency int = 16

@description('0 scales to zero; each always-ready instance has a monthly base cost')
param alwaysReadyHttp int = 0

@description('Address of the application as the world sees it, such as https://artistos.studio')
param publicBaseUrl string

@description('Origins of the web front end, comma-separated')
param frontendOrigins string

param clerkIssuer string
param clerkApiUrl string = 'https://api.clerk.com/v1'
param clerkAuthorizedParties string
param resendApiUrl string = 'https://api.resend.com'
param mailFromDomain string

@description('Exactly one of these two')
param openAiBaseUrl string = ''
param azureOpenAiEndpoint string = ''
param openAiModel string

param spotifyApiUrl string = 'https://api.spotify.com/v1'
param spotifyAccountsUrl string = 'https://accounts.spotify.com'
param spotifyForArtistsUrl string
param spotifyClientId string
param entraIssuer string
param entraAudience string
param maxmindUrl string = 'https://download.maxmind.com'
param maxmindAccountId string
param privacyContact string
param alertEmail string

@description('1 when clients reach the app directly, 2 behind Front Door')
param trustedProxyHops int = 1

@minValue(0)
@maxValue(14)
param erasureGraceDays int = 7

param monthlyBudget int = 100

@description('First of a month')
param budgetStart string

// The same names as shared/platform/storage/names.py; a test compares.
var tableNames = [
  'Artists'
  'ClerkUsers'
  'Slugs'
  'Releases'
  'Plans'
  'DueActions'
  'Schedule'
  'Fans'
  'FanStats'
  'Mailboxes'
  'MailboxIndex'
  'Blasts'
  'BlastChunks'
  'Suppressions'
  'Limits'
  'Exports'
  'Uploads'
  'Idempotency'
  'Spotify'
  'Deliveries'
  'Performance'
  'PoisonMessages'
  'Erasures'
  'PrivacyRequests'
  'Policies'
  'Audit'
]
var workQueues = [
  'plan-requests'
  'emails'
  'blast-starts'
  'blast-chunks'
  'spotify-syncs'
  'exports'
  'erasures'
  'fan-folds'
  'fan-walks'
]
var queueNames = union(workQueues, map(workQueues, queue => '${queue}-poison'))
var containerNames = ['uploads', 'media', 'exports', 'geoip']

var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  vaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}
var tags = { 'azd-env-name': name }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${name}'
  location: location
  tags: tags
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: take(toLower('st${replace(name, '-', '')}${uniqueString(resourceGroup().id)}'), 24)
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    networkAcls: { defaultAction: 'Allow', bypass: 'AzureServices' }
  }
}

// Soft delete and versioning stay off: what is erased is erased (docs/PRIVACY.md).
resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: storage
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: false }
    containerDeleteRetentionPolicy: { enabled: false }
    isVersioningEnabled: false
    cors: {
      corsRules: [
        {
          allowedOrigins: split(frontendOrigins, ',')
          allowedMethods: ['GET', 'PUT']
          allowedHeaders: ['content-type', 'x-ms-blob-type']
          exposedHeaders: ['etag']
          maxAgeInSeconds: 600
        }
      ]
    }
  }
}

resource packageContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobService
  name: 'app-package'
  properties: { publicAccess: 'None' }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for container in containerNames: {
    parent: blobService
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: storage
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queue in queueNames: {
    parent: queueService
    name: queue
  }
]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' = {
  parent: storage
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' = [
  for table in tableNames: {
    parent: tableService
    name: table
  }
]

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    workspaceCapping: { dailyQuotaGb: 1 }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: logs.id
    DisableLocalAuth: true
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: take('kv-${name}-${uniqueString(resourceGroup().id)}', 24)
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Enabled'
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${name}'
  location: location
  kind: 'functionapp,linux'
  tags: union(tags, { 'azd-service-name': 'api' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: { minTlsVersion: '1.2' }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer.name}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: alwaysReadyHttp }] : []
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
      runtime: { name: 'python', version: pythonVersion }
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: {
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
      AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
      AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
      APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      AZURE_CLIENT_ID: identity.properties.clientId
      PYTHON_THREADPOOL_THREAD_COUNT: string(httpConcurrency)
      STORAGE_ACCOUNT_NAME: storage.name
      KEY_VAULT_URL: vault.properties.vaultUri
      PUBLIC_BASE_URL: publicBaseUrl
      FRONTEND_ORIGINS: frontendOrigins
      CLERK_ISSUER: clerkIssuer
      CLERK_API_URL: clerkApiUrl
      CLERK_AUTHORIZED_PARTIES: clerkAuthorizedParties
      RESEND_API_URL: resendApiUrl
      MAIL_FROM_DOMAIN: mailFromDomain
      OPENAI_BASE_URL: openAiBaseUrl
      AZURE_OPENAI_ENDPOINT: azureOpenAiEndpoint
      OPENAI_MODEL: openAiModel
      SPOTIFY_API_URL: spotifyApiUrl
      SPOTIFY_ACCOUNTS_URL: spotifyAccountsUrl
      SPOTIFY_FOR_ARTISTS_URL: spotifyForArtistsUrl
      SPOTIFY_CLIENT_ID: spotifyClientId
      ENTRA_ISSUER: entraIssuer
      ENTRA_AUDIENCE: entraAudience
      GEOIP_DATABASE: '/tmp/GeoLite2-City.mmdb'
      MAXMIND_URL: maxmindUrl
      MAXMIND_ACCOUNT_ID: maxmindAccountId
      PRIVACY_CONTACT: privacyContact
      ERASURE_GRACE_DAYS: string(erasureGraceDays)
      TRUSTED_PROXY_HOPS: string(trustedProxyHops)
      CAPTURE_LIMIT_PER_NETWORK: '30'
      CAPTURE_MIN_SECONDS: '2'
    }
    dependsOn: [blobRole, queueRole, tableRole, vaultRole, insightsRole]
  }
}

resource blobRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, roles.blobOwner)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobOwner)
  }
}

resource queueRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, roles.queueContributor)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueContributor)
  }
}

resource tableRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, identity.id, roles.tableContributor)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.tableContributor)
  }
}

resource vaultRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, roles.vaultSecretsUser)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.vaultSecretsUser)
  }
}

resource insightsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, roles.metricsPublisher)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.metricsPublisher)
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  properties: {
    groupShortName: take(name, 12)
    enabled: true
    emailReceivers: [{ name: 'operators', emailAddress: alertEmail, useCommonAlertSchema: true }]
  }
}

// Every alarm of the application is one line of JSON with "alarm":true; a message that was given up
// is one of them.
resource alarms 'Microsoft.Insights/scheduledQueryRules@2023-03-15-preview' = {
  name: 'alarms-${name}'
  location: location
  properties: {
    displayName: 'The application raised an alarm'
    severity: 2
    enabled: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    scopes: [logs.id]
    criteria: {
      allOf: [
        {
          query: 'AppTraces | where Message has \'"alarm":true\''
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroup.id] }
  }
}

// A timer that stopped is silent: its heartbeat is missed instead.
resource heartbeat 'Microsoft.Insights/scheduledQueryRules@2023-03-15-preview' = {
  name: 'heartbeat-${name}'
  location: location
  properties: {
    displayName: 'The dispatch timer has not ticked'
    severity: 1
    enabled: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    scopes: [logs.id]
    criteria: {
      allOf: [
        {
          query: 'AppTraces | where Message has \'"evt":"timer_ticked"\' and Message has \'"timer":"dispatch"\''
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroup.id] }
  }
}

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: 'budget-${name}'
  properties: {
    category: 'Cost'
    amount: monthlyBudget
    timeGrain: 'Monthly'
    timePeriod: { startDate: budgetStart }
    notifications: {
      actual80: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        contactEmails: [alertEmail]
        thresholdType: 'Actual'
      }
    }
  }
}

output AZURE_FUNCTION_NAME string = app.name
output FUNCTION_URI string = 'https://${app.properties.defaultHostName}'
output KEY_VAULT_NAME string = vault.name
